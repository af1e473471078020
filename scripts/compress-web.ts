/**
 * Compresses the web app’s build in the given folder: `app.js.br` and `app.js.gz` beside `app.js`. The server sends
 * them to browsers that accept them. Here there is time for the smallest form. A request would have to be fast.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(js|css|html|svg)$/;

const encodings: Readonly<Record<string, (content: Buffer) => Buffer>> = {
  br: (content) =>
    brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  gz: (content) => gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
};

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: compress-web.ts <folder of the build>');
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!TEXT.test(name)) continue;
  const content = readFileSync(join(folder, name));
  for (const [ending, compress] of Object.entries(encodings)) {
    const compressed = compress(content);
    // Tiny files would grow, so they are not compressed.
    if (compressed.length < content.length) writeFileSync(join(folder, `${name}.${ending}`), compressed);
  }
}
