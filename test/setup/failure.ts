/** An error's message, and the places of the project that it came from. */
export function failureText(error: unknown): string {
  const { stack, message } = (error ?? {}) as { stack?: string; message?: string };
  const lines = (stack || message || 'It left no error.').split('\n');
  return `${lines.filter((line) => !line.includes('node_modules')).join('\n')}\n`;
}
