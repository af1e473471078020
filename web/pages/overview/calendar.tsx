/** What runs now, and the runs of the next two days by the hour. */
import { Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Overview } from '../../../src/contracts/overview.ts';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { HourBars } from './hour-bars.tsx';

type Hour = Overview['calendar'][number];

/** How many hours are shown at first, and how many runs of each are named then. */
const FIRST = 5;
const NAMED = 2;

export function Calendar({ overview }: { overview: Overview }) {
  const { t, format } = useTranslation();
  const [all, setAll] = useState(false);
  const { calendar: hours } = overview;
  const running = overview.runs.now;
  const shown = all ? hours : hours.slice(0, FIRST);
  return (
    <div className="card calendar">
      {hours.length > 0 && <HourBars overview={overview} />}
      {hours.length === 0 && running.length === 0 && (
        <Text fz="sm" c="dimmed">
          {t('overview.calendar.none')}
        </Text>
      )}
      <div className="calendar-days">
        {running.length > 0 && (
          <section aria-label={t('overview.calendar.now')}>
            <h3>{t('overview.calendar.now')}</h3>
            <ul className="plain-list">
              {running.map(({ id, job_name, started_at }) => (
                <li key={id}>
                  <Status tone="busy" live>
                    <Link to="/runs/$id" params={{ id }} className="row-link">
                      {job_name}
                    </Link>
                  </Status>
                  <Text fz="xs" c="dimmed">
                    <When at={started_at} />
                  </Text>
                </li>
              ))}
            </ul>
          </section>
        )}
        {daysOf(shown, format.date).map(([day, itsHours]) => (
          <section key={day} aria-label={day}>
            <h3>{day}</h3>
            <ul className="plain-list">
              {itsHours.map((hour) => (
                <HourOfRuns key={hour.from} hour={hour} named={all ? hour.first.length : NAMED} />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {hours.length > FIRST && !all && (
        <Button size="xs" variant="default" onClick={() => setAll(true)} style={{ justifySelf: 'start' }}>
          {t('overview.calendar.all')}
        </Button>
      )}
    </div>
  );
}

function HourOfRuns({ hour: { runs, first }, named }: { hour: Hour; named: number }) {
  const { t, format } = useTranslation();
  const shown = first.slice(0, named);
  return (
    <>
      {shown.map(({ job_id, job_name, at, expected_ms }) => (
        <li key={`${job_id} ${at}`}>
          <time dateTime={at}>{format.clock(Date.parse(at))}</time>
          <Link to="/jobs/$id" params={{ id: job_id }} className="row-link">
            {job_name}
          </Link>
          {expected_ms !== null && (
            <Text fz="xs" c="dimmed">
              {t('overview.calendar.takes', { time: format.duration(expected_ms) })}
            </Text>
          )}
        </li>
      ))}
      {runs > shown.length && (
        <li>
          <Text fz="xs" c="dimmed">
            {t('overview.calendar.more', { count: runs - shown.length })}
          </Text>
        </li>
      )}
    </>
  );
}

function daysOf(hours: readonly Hour[], dayOf: (iso: string) => string): [string, Hour[]][] {
  const days = new Map<string, Hour[]>();
  for (const hour of hours) days.set(dayOf(hour.from), [...(days.get(dayOf(hour.from)) ?? []), hour]);
  return [...days];
}
