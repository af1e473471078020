/** Messages about a job, a run or an export in the words of its destination. */
import type { ReactNode } from 'react';
import { type DestinationView, useDestination, useDestinationOfJob } from '../api/providers.ts';
import { OtherSide } from '../i18n/provider.tsx';
import { useProviderText } from '../lib/provider-text.ts';

/** @param type of the job */
export function OfJobType({ type, children }: { type: string; children: ReactNode }) {
  return <Of destination={useDestinationOfJob(type)}>{children}</Of>;
}

/** @param id of the destination; undefined for the usual one */
export function OfDestination({ id, children }: { id: string | undefined; children: ReactNode }) {
  return <Of destination={useDestination(id) ?? undefined}>{children}</Of>;
}

function Of({ destination, children }: { destination: DestinationView | undefined; children: ReactNode }) {
  const say = useProviderText();
  return <OtherSide side={destination && say(destination.owner)}>{children}</OtherSide>;
}
