/** Messages about a job, a run or an export in the words of its destination. */
import type { ReactNode } from 'react';
import { defaultDestination } from '../../src/domain/destinations/index.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { type DestinationView, useDestination, useDestinationOf, useDestinationOfJob } from '../api/providers.ts';
import { OtherSide } from '../i18n/provider.tsx';
import { useProviderText } from '../lib/provider-text.ts';

/** @param type of the job */
export const OfJobType = ({ type, children }: { type: string; children: ReactNode }) => (
  <Of destination={useDestinationOfJob(type)}>{children}</Of>
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
  return <Of destination={destination}>{children}</Of>;
}

/** @param id of an authorization */
export const OfAuthorization = ({ id, children }: { id: string; children: ReactNode }) => (
  <Of destination={useDestinationOf(id)}>{children}</Of>
);

interface OfProps {
  readonly destination: Pick<DestinationView, 'owner'> | null | undefined;
  readonly children: ReactNode;
}

function Of({ destination, children }: OfProps) {
  const say = useProviderText();
  return <OtherSide side={destination ? say(destination.owner) || destination.owner : undefined}>{children}</OtherSide>;
}
