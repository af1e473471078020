/**
 * Gives each part of Mantine its styles, so that a page loads the styles of the parts that it uses. They are in a
 * cascade layer: our own styles win over them, in whatever order the files arrive.
 */
import { basename } from 'node:path';
import type { Plugin } from 'vite';

/**
 * The names of a part's classes. The part imports them after the parts that it consists of, whose styles it changes.
 */
const CLASSES = /\.module\.mjs$/;
const MAIN = /[\\/]web[\\/]main\.tsx$/;

export function libraryStyles(): Plugin[] {
  return [
    {
      name: 'lineup:library-styles',
      apply: 'build',
      transform: {
        filter: { id: CLASSES },
        handler: (code, id) =>
          id.includes('@mantine/core/') ? code + importOf(`styles/${basename(id, '.module.mjs')}.layer.css`) : null,
      },
    },
    {
      name: 'lineup:library-styles-in-development',
      // There the library is one file, made by Vite.
      apply: 'serve',
      transform: { filter: { id: MAIN }, handler: (code) => importOf('styles.layer.css') + code },
    },
  ];
}

const importOf = (styles: string): string => `\nimport '@mantine/core/${styles}';\n`;
