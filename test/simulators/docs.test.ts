/** Compares the pages about the simulators with the simulators. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as bigqueryFaults from '../../simulators/bigquery/faults.ts';
import { bigquerySimulatorOptions } from '../../simulators/bigquery/options.ts';
import * as bigquery from '../../simulators/bigquery/settings.ts';
import { sampleTables as bigqueryTables } from '../../simulators/bigquery/tables.ts';
import * as lineAdsFaults from '../../simulators/line-ads/faults.ts';
import { simulatorOptions } from '../../simulators/line-ads/options.ts';
import * as lineAds from '../../simulators/line-ads/settings.ts';
import * as officialAccountFaults from '../../simulators/line-official-account/faults.ts';
import { lineOfficialAccountSimulatorOptions } from '../../simulators/line-official-account/options.ts';
import * as officialAccount from '../../simulators/line-official-account/settings.ts';
import * as lyAdsFaults from '../../simulators/ly-ads/faults.ts';
import { lyAdsSimulatorOptions } from '../../simulators/ly-ads/options.ts';
import * as lyAds from '../../simulators/ly-ads/settings.ts';
import * as lyticsFaults from '../../simulators/lytics/faults.ts';
import { sampleFields } from '../../simulators/lytics/fields.ts';
import { lyticsSimulatorOptions } from '../../simulators/lytics/options.ts';
import { sampleSegments } from '../../simulators/lytics/segments.ts';
import * as lytics from '../../simulators/lytics/settings.ts';
import type { SimulatorOption } from '../../simulators/shared/flags.ts';
import * as snowflakeFaults from '../../simulators/snowflake/faults.ts';
import { snowflakeSimulatorOptions } from '../../simulators/snowflake/options.ts';
import * as snowflake from '../../simulators/snowflake/settings.ts';
import { sampleTables as snowflakeTables } from '../../simulators/snowflake/tables.ts';

interface Described {
  readonly page: string;
  readonly faults: {
    readonly endpointNames: readonly string[];
    readonly faultKinds: readonly string[];
    readonly readFault: (value: unknown) => { readonly kind: string };
    readonly parseFault: (flag: string) => unknown;
  };
  readonly settings: {
    readonly settings: Readonly<Record<string, { parse: (value: undefined) => unknown }>>;
    readonly readSettings: (value: unknown) => unknown;
  };
  readonly options: readonly SimulatorOption[];
  /** How many flags for faults the page shows. */
  readonly flags: number;
  /** The settings that the page changes in an example. */
  readonly example: object;
  /** Data that the page must name. */
  readonly data?: readonly string[];
}

const simulators: readonly Described[] = [
  {
    page: 'simulator.md',
    faults: lineAdsFaults,
    settings: lineAds,
    options: simulatorOptions,
    flags: 2,
    example: { jobMs: 0, matchMs: 0 },
  },
  {
    page: 'simulator-ly-ads.md',
    faults: lyAdsFaults,
    settings: lyAds,
    options: lyAdsSimulatorOptions,
    flags: 2,
    example: { jobMs: 0, reachMs: 0 },
  },
  {
    page: 'simulator-line-official-account.md',
    faults: officialAccountFaults,
    settings: officialAccount,
    options: lineOfficialAccountSimulatorOptions,
    flags: 2,
    example: { jobMs: 0, readyMs: 0 },
  },
  {
    page: 'simulator-lytics.md',
    faults: lyticsFaults,
    settings: lytics,
    options: lyticsSimulatorOptions,
    flags: 2,
    example: { pageMs: 50, numbers: 'strings' },
    data: [
      ...sampleSegments(250_000).map(({ slug }) => `| \`${slug}\` |`),
      ...sampleFields.map(({ id }) => `\`${id}\``),
    ],
  },
  {
    page: 'simulator-bigquery.md',
    faults: bigqueryFaults,
    settings: bigquery,
    options: bigquerySimulatorOptions,
    flags: 1,
    example: { batchRows: 100, queryMs: 2000 },
    data: bigqueryTables(250_000).map(({ dataset, table }) => `| \`${dataset}.${table}\` |`),
  },
  {
    page: 'simulator-snowflake.md',
    faults: snowflakeFaults,
    settings: snowflake,
    options: snowflakeSimulatorOptions,
    flags: 2,
    example: { executionMs: 5000, partitionRows: 100 },
    data: snowflakeTables(1).flatMap(({ name, columns }) => [
      `| \`${name.map((part) => (part.includes(' ') ? `"${part}"` : part)).join('.')}\` |`,
      ...columns.map((column) => `\`${column.name}\``),
    ]),
  },
];

describe.each(simulators)('$page', ({ page: file, faults, settings, options, flags, example, data = [] }) => {
  const page = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');

  test('has a valid example of every kind of fault', () => {
    const bodies = [...page.matchAll(/ADMIN\/faults -d '([^']+)'/g)].map(([, json = '']) =>
      faults.readFault(JSON.parse(json)),
    );
    expect(new Set(bodies.map(({ kind }) => kind))).toEqual(new Set(faults.faultKinds));
    const parsed = [...page.matchAll(/--fault (\w+,[^\s`]+)/g)].map(([, flag = '']) => faults.parseFault(flag));
    expect(parsed).toHaveLength(flags);
  });

  test('has every setting with its default, flag, endpoint, and name of the sample data', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| `(--[\w-]+)` \| `?([^`|]+?)`? \|/gm)].map(([, ...row]) => row);
    const flag = (key: string) => options.find((option) => option.key === key)?.name;
    const all = Object.entries(settings.settings);
    expect(rows).toEqual(all.map(([name, setting]) => [name, flag(name), String(setting.parse(undefined))]));
    // A flag may stand with the placeholder of its value.
    for (const { name } of options) expect(page).toMatch(new RegExp(`\`${name}[\` ]`));
    for (const name of faults.endpointNames) expect(page).toContain(`\`${name}\``);
    for (const name of data) expect(page).toContain(name);
    const examples = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
      settings.readSettings(JSON.parse(json)),
    );
    expect(examples).toEqual([example]);
  });
});
