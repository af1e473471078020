/** LINE's estimated size: a number as text, which is grouped; its other words stay as they are. */
export const lineSize = (size: string, number: (value: number) => string): string =>
  /^\d+$/.test(size) ? number(Number(size)) : size;
