/** Messages about a job, a run or an export in the words of its destination. */
import type { ReactNode } from 'react';
import { defaultDestination } from '../../src/domain/destinations/index.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { useDestination, useDestinationOf, useDestinationOfJob } from '../api/providers.ts';
import { OtherSide } from '../i18n/provider.tsx';

/** @param type of the job */
export const OfJobType = ({ type, children }: { type: string; children: ReactNode }) => (
  <OtherSide side={useDestinationOfJob(type)?.owner}>{children}</OtherSide>
);

/** @param run undefined or null until it is known */
export function OfRun({
  run,
  children,
}: {
  run: Pick<RunDocument, 'destination'> | null | undefined;
  children: ReactNode;
}) {
  const destination = useDestination(run ? (run.destination ?? defaultDestination.id) : undefined);
  return <OtherSide side={destination?.owner}>{children}</OtherSide>;
}

/** @param id of an authorization */
export const OfAuthorization = ({ id, children }: { id: string; children: ReactNode }) => (
  <OtherSide side={useDestinationOf(id)?.owner}>{children}</OtherSide>
);
