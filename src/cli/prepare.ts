/** `lineup prepare`: writes the chunk files and sends nothing. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Prepared } from '../compose/preparation.ts';
import { readConfig } from '../config/config.ts';
import { advisedWarnings, withAdviceOnFailure } from './advice.ts';
import { type ScanFlags, scanOptions, threadsOption } from './options.ts';
import { bytes, number, paint, print, printJson, printWarning, table } from './output.ts';
import { countryOfMachine } from './phone-country.ts';
import { progressDisplay } from './progress.ts';
import { countsTable, identifierOf } from './report.ts';
import { preparationRequest, withCountry } from './scan-request.ts';
import { interruptible } from './terminal.ts';

export function prepareCommand(): Command {
  return threadsOption(
    scanOptions(new Command('prepare'), {
      form: 'type:field',
      description: 'a further identifier of the same members, e.g. phone:tel; may be given several times',
    }),
  )
    .description(
      'Reads an audience in the same way as "export", and writes the hashed chunk files and a manifest to a directory\nfor a manual upload in LINE Ads Manager. Sends nothing.',
    )
    .option('--out <dir>', 'a new or empty directory for the files')
    .option('--json', 'print the manifest')
    .action(async ({ threads, ...flags }: ScanFlags & { threads?: number; out?: string; json?: boolean }) => {
      await interruptible(async (signal) => {
        const request = preparationRequest(withCountry(flags, countryOfMachine()), flags.out ? [] : ['--out']);
        const out = resolve(flags.out ?? '');
        const display = await progressDisplay();
        const hooks = { signal, onProgress: display.report, threads };
        const { prepare } = await import('../compose/preparation.ts');
        const unadvised = await withAdviceOnFailure(async () =>
          prepare(await readConfig(), request, out, hooks),
        ).finally(display.end);
        const prepared = {
          ...unadvised,
          warnings: advisedWarnings(unadvised.warnings),
          ...(unadvised.siblings && {
            siblings: unadvised.siblings.map((sibling) => ({
              ...sibling,
              warnings: advisedWarnings(sibling.warnings),
            })),
          }),
        };
        if (flags.json) return printJson({ status: 'succeeded', out, ...prepared, error: null });
        const results = [prepared, ...(prepared.siblings ?? [])];
        const files = results.reduce((sum, { chunks }) => sum + chunks.length, 0);
        print(
          `${paint(['green', 'bold'], 'Prepared')} ${files} chunk ${files === 1 ? 'file' : 'files'} in ${out}; nothing was sent`,
        );
        for (const result of results) {
          print('');
          if (prepared.siblings) print(paint(['bold'], identifierOf(result)));
          printPrepared(result);
        }
        for (const { warnings } of results) for (const warning of warnings) printWarning(warning.message);
      });
    });
}

type PreparedResult = Pick<Prepared, 'counts' | 'findings' | 'suppression' | 'chunks'>;

function printPrepared({ counts, findings, suppression, chunks }: PreparedResult): void {
  print(countsTable(counts, findings.invalidRows, { suppression }));
  print('');
  print(
    table(
      [{ title: 'File' }, { title: 'Records', right: true }, { title: 'Size', right: true }, { title: 'SHA-256' }],
      chunks.map((chunk) => [chunk.file, number(chunk.records), bytes(chunk.bytes), chunk.sha256]),
    ),
  );
}
