/** The figures at the top. Those of audiences filter the table at the end of the page. */
import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview } from '../../../src/contracts/overview.ts';
import type { HistoryDays } from '../../../src/domain/jobs/history.ts';
import { Help } from '../../components/help.tsx';
import { Status } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { dayOf } from '../../lib/days.ts';
import { levels, tones } from './levels.ts';

/** The results of runs, in the order in which they are told. */
const results = ['succeeded', 'failed', 'stopped', 'interrupted', 'queued'] as const;

interface TilesProps {
  readonly overview: Overview;
  /** Which audiences the table has. */
  readonly level: string | undefined;
  readonly days: HistoryDays;
}

export function Tiles({ overview: { counts, runs, series }, level, days }: TilesProps) {
  const { t, format } = useTranslation();
  const members = series.members.at(-1) ?? null;
  const reach = series.reach.at(-1) ?? null;
  const audiences = levels.reduce((sum, each) => sum + counts[each], 0);
  const told = results.filter((status) => runs.today[status] > 0);
  const total = told.reduce((sum, status) => sum + runs.today[status], runs.today.running);
  return (
    <div className="tiles">
      {levels.map((each) => (
        <Link
          key={each}
          to="/"
          search={(before) => ({ ...before, level: each === level ? undefined : each, cursor: undefined })}
          hash={each === level ? '' : 'audiences'}
          className="card tile"
          aria-current={each === level || undefined}
        >
          <Figure
            label={<Status tone={counts[each] > 0 ? tones[each] : 'idle'}>{t(`overview.level.${each}`)}</Status>}
            value={format.number(counts[each])}
          >
            {t('overview.of', { total: audiences })}
          </Figure>
        </Link>
      ))}
      <Link
        to="/runs"
        search={{ time: 'dates', from: dayOf(Date.parse(series.days.at(-1)!), format.timeZone) }}
        className="card tile"
      >
        <Figure label={t('overview.runs')} value={format.number(total)}>
          {runs.today.running > 0 && (
            <Status tone="busy" live>
              {t('overview.running', { count: runs.today.running })}
            </Status>
          )}
          {told.length > 0 && (
            <div>
              {told
                .map((status) => [t(`run.status.${status}`), format.number(runs.today[status])].join(' '))
                .join(' · ')}
            </div>
          )}
        </Figure>
      </Link>
      <div className="card tile" data-wide>
        <Figure
          label={
            <>
              {t('overview.members')} <Help label={t('overview.members')}>{t('overview.members.help')}</Help>
            </>
          }
          value={format.number(members)}
        >
          <Change of={series.members} days={days} />
          {reach !== null && <div>{t('overview.reach', { size: reach })}</div>}
        </Figure>
      </div>
    </div>
  );
}

function Figure({ label, value, children }: { label: ReactNode; value: string; children?: ReactNode }) {
  return (
    <>
      <Text fz="sm" c="dimmed" component="div">
        {label}
      </Text>
      <div className="tile-figure">{value}</div>
      <Text fz="xs" c="dimmed" component="div">
        {children}
      </Text>
    </>
  );
}

/** From the first known value of the time range to the last one. */
function Change({ of: values, days }: { of: readonly (number | null)[]; days: HistoryDays }) {
  const { t, format } = useTranslation();
  const known = values.filter((value) => value !== null);
  const [first] = known;
  const last = known.at(-1);
  if (!first || last === undefined || known.length < 2) return null;
  return <div>{t('overview.change', { change: format.change(last / first - 1), count: Number(days) })}</div>;
}
