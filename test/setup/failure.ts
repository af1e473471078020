/** The message of an error, and the lines of the project in its stack. */
export function failureText(error: unknown): string {
  const { stack, message } = (error ?? {}) as { stack?: string; message?: string };
  const lines = (stack || message || 'It left no error.').split('\n');
  return `${lines.filter((line) => !line.includes('node_modules')).join('\n')}\n`;
}
