/** Asks before an action that cannot be undone. When the action was refused, it stays open and shows the reason. */
import { Dialog } from './dialog.tsx';
import type { QuestionProps } from './question.tsx';

interface ConfirmProps extends QuestionProps {
  readonly opened: boolean;
  readonly title: string;
}

export function Confirm({ opened, title, ...question }: ConfirmProps) {
  return (
    <Dialog opened={opened} onClose={question.onClose} title={title}>
      {({ Question }) => <Question {...question} />}
    </Dialog>
  );
}
