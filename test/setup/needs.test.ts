/** The needs of a test file follow from its text and from the test modules that it imports. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Kind, kindOf } from './needs.ts';

const root = resolve(import.meta.dirname, '../..');

function project(files: Record<string, string>): (file: string) => Kind {
  const folder = mkdtempSync(join(tmpdir(), 'lineup-kinds-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return (file) => kindOf(join(folder, file));
}

test('a file has exactly one kind: the first that it or a test module matches', () => {
  const kind = project({
    'test/support/browser.ts': `import { chromium } from 'playwright${'-core'}';`,
    'test/support/database.ts': `const url = process.env.LINEUP_TEST_${'DATABASE_URL'};`,
    'test/support/mariadb.ts': `const url = process.env.LINEUP_TEST_${'MARIADB_URL'};`,
    'test/support/child.ts': `import { spawn } from 'node:child${'_process'}';`,
    'test/support/round.ts': "import { a } from './round.ts';\nexport const a = 1;",
    'src/child.ts': `import { spawn } from 'node:child${'_process'}';`,
    'test/page.test.ts': "import { b } from './support/browser.ts';\nimport { d } from './support/database.ts';",
    'test/rows.test.ts':
      "const { d } = await import('./support/database.ts');\nimport { c } from './support/child.ts';",
    'test/columns.test.ts': "import { e } from './support/mariadb.ts';",
    'test/program.test.ts': "import {\n  c,\n} from './support/child.ts';",
    'test/types.test.ts': "import type { C } from './support/child.ts';\nimport { a } from './support/round.ts';",
    'test/reader.test.ts': `import { ReaderPool } from '../src/readers/pool/${'pool'}.ts';`,
    'test/source.test.ts': "import { spawn } from '../src/child.ts';",
    'test/history.test.ts': `import { play } from '../fault-simulation/${'history'}.ts';`,
  });
  const kinds = ['page', 'rows', 'columns', 'program', 'reader', 'types', 'source', 'history'].map((name) =>
    kind(`test/${name}.test.ts`),
  );
  expect(kinds).toEqual(['browser', 'database', 'mariadb', 'process', 'process', 'unit', 'unit', 'long']);
});

test('files of the unit project use no database, no browser and no process', () => {
  const units = globSync(['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'], { cwd: root }).filter(
    (file) => kindOf(join(root, file)) === 'unit',
  );
  expect(units.length).toBeGreaterThan(50);
  // This looks for other signs of a database or process than the rules of the kinds do.
  const reaches = units.filter((file) =>
    /useDatabase\(|openDatabase\(|openBrowser\(|startWorker\(|serviceBench\(/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  );
  expect(reaches).toEqual([]);
});
