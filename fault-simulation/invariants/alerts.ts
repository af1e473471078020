/** Which alert rules stop a result: by the formulas of docs/alerts.md, and not by the code of the export. */
import type { RunState } from '../../src/domain/runs/run-state.ts';
import type { AlertRulesPlan } from '../world/plan.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

/**
 * A run sends what a rule of its job stops only with a person's word for it.
 * @param rules those of the job
 */
export function checkRules(
  runs: Runs,
  rules: AlertRulesPlan | undefined,
  run: KnownRun,
  { staged, delivery, ...state }: RunState,
): void {
  if (!rules || !staged) return;
  const { counts } = staged;
  const approved = run.state.approval?.audiences.find((audience) => audience.delivery === delivery);
  const sizesOf = (count: number) => runs.sizesBefore(run, { ...state, staged, delivery }, count);
  for (const rule of rulesThatStop(rules, counts, sizesOf)) {
    if (approved?.reasons.some(({ code }) => code === `${rule}_exceeded`)) continue;
    throw new ViolationError(
      'alert',
      `run ${run.id} sends ${counts.unique} members to audience ${delivery}, although ${rule} stops it`,
    );
  }
}

/** What a scan gave for one audience. */
interface Counts {
  readonly scanned: number;
  readonly missing: number;
  readonly invalid: Readonly<Record<string, number>>;
  readonly unique: number;
}

/** A change of the size is measured from this many earlier runs on. */
const LEAST_RUNS = 2;

/** @param sizesOf the sizes of the last `runs` successful runs */
function rulesThatStop(
  { skipped_share, size_change }: AlertRulesPlan,
  { scanned, missing, invalid, unique }: Counts,
  sizesOf: (runs: number) => readonly number[],
): (keyof AlertRulesPlan)[] {
  const stopping: (keyof AlertRulesPlan)[] = [];
  if (skipped_share?.action === 'stop') {
    const skipped = missing + sumOf(Object.values(invalid));
    if (skipped > (skipped_share.percent / 100) * scanned + TOLERANCE) stopping.push('skipped_share');
  }
  if (size_change?.action === 'stop') {
    const sizes = sizesOf(size_change.runs);
    const usual = sumOf(sizes) / sizes.length;
    const isMeasured = sizes.length >= LEAST_RUNS && usual > 0;
    if (isMeasured && Math.abs(unique - usual) > (size_change.percent / 100) * usual + TOLERANCE)
      stopping.push('size_change');
  }
  return stopping;
}

/** For binary fractions. */
const TOLERANCE = 1e-6;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
