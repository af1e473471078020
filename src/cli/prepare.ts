/** `lineup prepare`: writes the chunk files and sends nothing. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { prepare } from '../compose/preparation.ts';
import { readConfig } from '../config/config.ts';
import { advisedWarnings, withAdviceOnFailure } from './advice.ts';
import { type ScanFlags, scanOptions, scanRequest, threadsOption } from './options.ts';
import { bytes, number, paint, print, printJson, printWarning, table } from './output.ts';
import { progressDisplay } from './progress.ts';
import { countsTable } from './report.ts';
import { interruptible } from './terminal.ts';

export function prepareCommand(): Command {
  return threadsOption(scanOptions(new Command('prepare')))
    .summary('write chunk files without sending them')
    .description(
      'Reads an audience in the same way as "export", and writes the hashed chunk files and a manifest to a directory\nfor a manual upload in LINE Ads Manager. Sends nothing.',
    )
    .option('--out <dir>', 'a new or empty directory for the files')
    .option('--json', 'print the manifest')
    .action(async ({ threads, ...flags }: ScanFlags & { threads?: number; out?: string; json?: boolean }) => {
      await interruptible(async (signal) => {
        const request = scanRequest(flags, flags.out ? [] : ['--out']);
        const out = resolve(flags.out ?? '');
        const display = await progressDisplay();
        const hooks = { signal, onProgress: display.report, threads };
        const unadvised = await withAdviceOnFailure(async () =>
          prepare(await readConfig(), request, out, hooks),
        ).finally(display.end);
        const prepared = { ...unadvised, warnings: advisedWarnings(unadvised.warnings) };
        if (flags.json) return printJson({ status: 'succeeded', out, ...prepared, error: null });
        print(
          `${paint(['green', 'bold'], 'Prepared')} ${prepared.chunks.length} chunk ${prepared.chunks.length === 1 ? 'file' : 'files'} in ${out}; nothing was sent`,
        );
        print('');
        print(
          countsTable(prepared.counts, prepared.findings.invalidRows, { suppression: prepared.suppression }),
        );
        print('');
        print(
          table(
            [
              { title: 'File' },
              { title: 'Records', right: true },
              { title: 'Size', right: true },
              { title: 'SHA-256' },
            ],
            prepared.chunks.map((chunk) => [
              chunk.file,
              number(chunk.records),
              bytes(chunk.bytes),
              chunk.sha256,
            ]),
          ),
        );
        for (const warning of prepared.warnings) printWarning(warning.message);
      });
    });
}
