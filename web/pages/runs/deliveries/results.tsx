/** A run with several identifiers: its results. */
import { Text } from '@mantine/core';
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
import { useRunDeliveries } from './of-run.ts';

interface SeveralProps {
  readonly run: RunDetail;
  readonly document: RunDocument;
}

/** All audiences at a glance, then each one in full. */
export function SeveralResults({ run, document }: SeveralProps) {
  const deliveries = useRunDeliveries(run, document);
  const { t } = useTranslation();
  const titleOf = useFailureText();
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
      {deliveries.map(({ delivery, title, error, figures, result: { counts, chunks, warnings, ...rest } }) => (
        <Section key={delivery} title={title}>
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
        </Section>
      ))}
    </>
  );
}
