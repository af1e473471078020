/** Every export of the packages has an example in its comment, and the compiler accepts every example. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
// The API of the compiler, which TypeScript 7.0 does not have.
import ts from 'typescript-5';
import { afterAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
/** The module names that a reader imports. */
const entries: Readonly<Record<string, string>> = {
  '@lineup/identifiers': join(root, 'packages/identifiers/src/index.ts'),
  '@lineup/identifiers/bulk': join(root, 'packages/identifiers/src/bulk.ts'),
  '@lineup/identifiers/phone': join(root, 'packages/identifiers/src/phone.ts'),
  '@lineup/line-ads': join(root, 'packages/line-ads/src/index.ts'),
  '@lineup/ly-ads': join(root, 'packages/ly-ads/src/index.ts'),
};
const ambient = join(root, 'packages/identifiers/src/web-assembly.d.ts');

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  resolveJsonModule: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  paths: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, [path]])),
};

interface Export {
  readonly name: string;
  readonly examples: readonly string[];
}

const program = ts.createProgram([...Object.values(entries), ambient], options);
const checker = program.getTypeChecker();

function exportsOf(path: string): Export[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  return checker.getExportsOfModule(module).map((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const examples = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example');
    return { name: exported.name, examples: examples.map(({ text }) => ts.displayPartsToString(text)) };
  });
}

describe.each(Object.entries(entries))('%s', (name, path) => {
  const exports = exportsOf(path);

  test('has exports, each with an example that imports it from the package', () => {
    expect(exports.length).toBeGreaterThan(2);
    const bare = exports.filter(
      (symbol) =>
        !symbol.examples.some(
          (text) => text.includes(`'${name}'`) && text.toLowerCase().includes(symbol.name.toLowerCase()),
        ),
    );
    expect(bare.map((symbol) => symbol.name)).toEqual([]);
  });
});

const directory = mkdtempSync(join(tmpdir(), 'lineup-examples-'));
afterAll(() => rmSync(directory, { recursive: true }));

function complaints(examples: Readonly<Record<string, string>>): string[] {
  const files = Object.entries(examples).map(([name, text]) => {
    const file = join(directory, `${name.replace(/\W+/g, '-')}.ts`);
    writeFileSync(file, text);
    return file;
  });
  const examined = ts.createProgram([...files, ambient], options, undefined, program);
  return files.flatMap((file) =>
    ts
      .getPreEmitDiagnostics(examined, examined.getSourceFile(file))
      .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}

test('all examples compile', () => {
  const examples = Object.entries(entries).flatMap(([module, path]) =>
    exportsOf(path).flatMap(({ name, examples }) =>
      examples.map((text, n) => [`${module} ${name} ${n}`, text] as const),
    ),
  );
  expect(examples.length).toBeGreaterThan(40);
  expect(complaints(Object.fromEntries(examples))).toEqual([]);
});

test('a wrong example is detected', () => {
  const wrong = `import { normalize } from '@lineup/identifiers';\nnormalize('x', { type: 'mail' });\n`;
  expect(complaints({ wrong })).toEqual([expect.stringContaining(`"mail"`)]);
});
