/** What the command line says of the identifier rules. */
export { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
