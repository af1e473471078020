/** How a consent has ended. Of a success, the connection itself tells. */
import { Button, Group, Text } from '@mantine/core';
import { type FailedConsent, outcomeTexts, connectionTexts as texts } from '../../../../src/contracts/consent-texts.ts';
import { Note } from '../../../components/note.tsx';
import { useProviderText } from '../../../lib/provider-text.ts';

const isFailed = (word: string): word is FailedConsent => Object.hasOwn(outcomeTexts, word);

interface OutcomeProps {
  /** The word in the address. Anybody can put another one there. */
  readonly outcome: string;
  readonly isBusy?: boolean;
  /** Connects with another Business ID than before. */
  readonly onReplace?: () => void;
}

export function Outcome({ outcome, isBusy = false, onReplace }: OutcomeProps) {
  const say = useProviderText();
  if (!isFailed(outcome)) return null;
  const { title, detail } = outcomeTexts[outcome];
  return (
    <Note title={say(title)} mb="sm" role="alert">
      <Text fz="sm">{say(detail)}</Text>
      {outcome === 'identity' && onReplace && <Replace isBusy={isBusy} onReplace={onReplace} />}
    </Note>
  );
}

export function Replace({ isBusy, onReplace }: { isBusy: boolean; onReplace: () => void }) {
  const say = useProviderText();
  return (
    <Group mt="sm">
      <Button size="xs" variant="default" loading={isBusy} onClick={onReplace}>
        {say(texts.replace)}
      </Button>
    </Group>
  );
}
