/** What the command line says of the identifier rules. */
export { RULES_VERSION } from '../identifiers/rules.ts';
