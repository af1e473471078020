/** How a consent has ended. Of a success, the connection itself tells. */
import { Button, Group, Text } from '@mantine/core';
import { type ConsentOutcome, consentOutcomes } from '../../../../src/contracts/consents.ts';
import { Note } from '../../../components/note.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';

/** Undefined for a word in the address that nobody has put there. */
export const outcomeIn = (word: string | undefined): ConsentOutcome | undefined =>
  consentOutcomes.find((known) => known === word);

interface OutcomeProps {
  readonly outcome: ConsentOutcome;
  readonly isBusy?: boolean;
  /** Connects with another Business ID than before. */
  readonly onReplace?: () => void;
}

export function Outcome({ outcome, isBusy = false, onReplace }: OutcomeProps) {
  const { t } = useTranslation();
  if (outcome === 'connected') return null;
  return (
    <Note title={t(`connection.outcome.${outcome}`)} mb="sm" role="alert">
      <Text fz="sm">{t(`connection.outcome.${outcome}.detail`)}</Text>
      {outcome === 'identity' && onReplace && <Replace isBusy={isBusy} onReplace={onReplace} />}
    </Note>
  );
}

export function Replace({ isBusy, onReplace }: { isBusy: boolean; onReplace: () => void }) {
  const { t } = useTranslation();
  return (
    <Group mt="sm">
      <Button size="xs" variant="default" loading={isBusy} onClick={onReplace}>
        {t('connection.replace')}
      </Button>
    </Group>
  );
}
