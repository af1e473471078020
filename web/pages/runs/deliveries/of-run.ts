/** The identifiers of a run that has several: each with its audience, and what the run has done for it. */

import type { RunDetail } from '../../../../src/contracts/run-progress.ts';
import type { IdentifierType } from '../../../../src/domain/audiences/requests.ts';
import type { RunDocument } from '../../../../src/domain/runs/run.ts';
import type { AudienceOfRun } from '../../../components/audience-table.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';

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

/** All deliveries of a run, the first one first. */
export function useRunDeliveries(run: RunDetail, document: RunDocument): readonly RunDelivery[] {
  const { t } = useTranslation();
  const title = (type: IdentifierType | undefined, name: string | null) =>
    [type && t(`identifier.${type}`), name].filter(Boolean).join(' → ');
  const audience = {
    id: document.audience?.id ?? run.audience_id,
    name: document.audience?.name ?? run.audience_name,
  };
  return [
    {
      delivery: 1,
      title: title(document.identifierType, audience.name ?? audience.id),
      identifier_type: document.identifierType,
      id_field: document.field,
      audience_id: audience.id,
      audience_name: audience.name,
      figures: run,
      result: document,
      error: null,
    },
    ...(document.siblings ?? []).map((sibling) => {
      const figures = run.siblings?.find(({ delivery }) => delivery === sibling.delivery);
      const audience_name = sibling.audience.name ?? figures?.audience_name ?? null;
      return {
        delivery: sibling.delivery,
        title: title(sibling.identifierType, audience_name ?? sibling.audience.id),
        identifier_type: sibling.identifierType,
        id_field: sibling.field,
        audience_id: sibling.audience.id,
        audience_name,
        figures,
        result: sibling,
        error: sibling.error,
      };
    }),
  ];
}
