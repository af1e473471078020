/** The identifiers of a run that has several: each with its audience, and what the run has done for it. */
import { useQuery } from '@tanstack/react-query';
import type { IdentifierType } from '../../../src/contracts/requests.ts';
import type { RunDocument } from '../../../src/contracts/run.ts';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import { runJournalQuery } from '../../api/runs.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import type { AudienceOfRun } from './audiences.tsx';

export type Sibling = NonNullable<RunDocument['siblings']>[number];

/** What a run has done for one audience. */
export type DeliveryResult = Pick<Sibling, 'counts' | 'invalidRows' | 'suppression' | 'chunks' | 'warnings'>;

export interface RunDelivery extends Omit<AudienceOfRun, 'failure'> {
  /** From 1. */
  readonly delivery: number;
  /** "E-mail → VIP" */
  readonly title: string;
  readonly result: DeliveryResult;
  /** Why it has failed; null for the first one, whose error is that of the run. */
  readonly error: Sibling['error'];
}

/** All deliveries of a run, the first one first. Its journal tells what the first identifier was. */
export function useRunDeliveries(run: RunDetail, document: RunDocument): readonly RunDelivery[] {
  const { t } = useTranslation();
  const journal = useQuery(runJournalQuery(run.id));
  const started = journal.data?.items.find(({ event }) => event.type === 'started')?.event;
  const request = started?.type === 'started' ? started.request : undefined;
  const title = (type: IdentifierType | undefined, name: string | null) =>
    [type && t(`identifier.${type}`), name].filter(Boolean).join(' → ');
  const audience = {
    id: document.audience?.id ?? run.audience_id,
    name: document.audience?.name ?? run.audience_name,
  };
  return [
    {
      delivery: 1,
      title: title(request?.identifierType, audience.name ?? audience.id),
      identifier_type: request?.identifierType,
      id_field: request?.field,
      audience_id: audience.id,
      audience_name: audience.name,
      figures: run,
      result: document,
      error: null,
    },
    ...(document.siblings ?? []).map((sibling) => ({
      delivery: sibling.delivery,
      title: title(sibling.identifierType, sibling.audience.name ?? sibling.audience.id),
      identifier_type: sibling.identifierType,
      id_field: sibling.field,
      audience_id: sibling.audience.id,
      audience_name: sibling.audience.name,
      figures: run.siblings?.find(({ delivery }) => delivery === sibling.delivery),
      result: sibling,
      error: sibling.error,
    })),
  ];
}
