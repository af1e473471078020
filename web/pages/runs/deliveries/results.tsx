/** A run with several identifiers: its results. */
import { Stack, Tabs, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { RunDetail } from '../../../../src/contracts/run-progress.ts';
import type { RunDocument } from '../../../../src/domain/runs/run.ts';
import { AudienceTable } from '../../../components/audience-table.tsx';
import { FailureNote } from '../../../components/failure-note.tsx';
import { Section } from '../../../components/page-layout.tsx';
import { Status } from '../../../components/status.tsx';
import { WarningList } from '../../../components/warnings.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { useFailureText } from '../../../lib/failure-text.ts';
import { ChunkTable, Matching } from '../line.tsx';
import { Outcome } from '../outcome.tsx';
import { type RunDelivery, useRunDeliveries } from './of-run.ts';

interface SeveralProps {
  readonly run: RunDetail;
  readonly document: RunDocument;
}

interface ResultProps {
  readonly run: RunDetail;
  readonly delivery: RunDelivery;
}

/** All audiences at a glance, then each one in full, in a tab of its own. The address says which. */
export function SeveralResults({ run, document }: SeveralProps) {
  const deliveries = useRunDeliveries(run, document);
  const { t } = useTranslation();
  const titleOf = useFailureText();
  const { audience } = useSearch({ from: '/app/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const shown = deliveries.find(({ delivery }) => String(delivery) === audience) ?? deliveries[0];
  const show = (delivery: string | null) =>
    navigate({
      search: (before) => ({ ...before, audience: delivery === '1' ? undefined : (delivery ?? undefined) }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <Section title={t('job.audiences')}>
        <AudienceTable
          audiences={deliveries.map((delivery) => ({
            ...delivery,
            failure: delivery.error && (
              <Text fz="xs" component="div">
                <Status tone="bad">{titleOf(delivery.error).title}</Status>
              </Text>
            ),
          }))}
        />
      </Section>
      <Tabs value={String(shown?.delivery)} onChange={(delivery) => void show(delivery)} keepMounted={false}>
        <Tabs.List mb="md">
          {deliveries.map(({ delivery, title, error }) => (
            <Tabs.Tab key={delivery} value={String(delivery)}>
              {error ? <Status tone="bad">{title}</Status> : title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {deliveries.map((delivery) => (
          <Tabs.Panel key={delivery.delivery} value={String(delivery.delivery)}>
            <Stack gap="sm">
              <Result run={run} delivery={delivery} />
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

function Result({ run, delivery: { delivery, title, error, figures, result } }: ResultProps) {
  const { counts, chunks, warnings, ...rest } = result;
  return (
    <>
      {error && <FailureNote error={error} />}
      {warnings.length > 0 && (
        <div className="card" style={{ padding: 20 }}>
          <WarningList warnings={warnings} />
        </div>
      )}
      {counts && <Outcome report={{ ...rest, counts }} />}
      {chunks.length > 0 && <ChunkTable chunks={chunks} />}
      {run.status === 'succeeded' && (
        <Matching runId={run.id} delivery={delivery} figures={figures} identifier={title} />
      )}
    </>
  );
}
