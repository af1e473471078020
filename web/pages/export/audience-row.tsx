/** A row of an audience card: an audience at LINE, with its state there. */
import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AdAccountRef } from '../../../src/contracts/custom-audiences.ts';
import { customAudienceQuery } from '../../api/custom-audiences.ts';
import { useErrorLine } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { LineFigures } from './line-audience.tsx';

interface Held {
  readonly id: string;
  /** As it is saved; null for an audience that was chosen by its id. */
  readonly name: string | null;
  /** Null while nobody has typed a new one. */
  readonly typed: string | null;
}

/** The audience that something saved fills, as LINE has it now, and the name that a person gives it. */
export function useHeldAudience(account: AdAccountRef, { id, name, typed: given }: Held) {
  const { data, error } = useQuery(customAudienceQuery(account, id));
  const known = data?.name ?? name;
  const typed = given ?? known ?? '';
  return {
    id,
    /** What LINE says of it; null when LINE does not have it. */
    live: data,
    error,
    /** Null when its name is not known. */
    known,
    name: known ?? id,
    typed,
    isRenamed: typed.trim() !== '' && known !== null && typed.trim() !== known,
  };
}

export function AudienceRow({ id, live, error, known, name }: ReturnType<typeof useHeldAudience>) {
  const { translate } = useTranslation();
  const errorLine = useErrorLine();
  return (
    <>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Text fz="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          {known !== null && (
            <Text fz="xs" c="dimmed">
              {id}
            </Text>
          )}
        </div>
        {live && <LineFigures audience={live} />}
      </Group>
      {live?.unusable && <Text fz="sm">{translate(live.unusable)}</Text>}
      {error && (
        <Text fz="sm" c="dimmed">
          {errorLine(error)}
        </Text>
      )}
    </>
  );
}
