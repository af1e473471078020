/** References to environment variables, which a file has instead of secrets. */
const REFERENCE = /^\$\{env:([A-Za-z_]\w*)\}$/;

/** The environment variable that a value refers to; undefined for a plain value. */
export const variableOf = (value: string): string | undefined => REFERENCE.exec(value)?.[1];
export const referenceTo = (variable: string): string => `\${env:${variable}}`;
