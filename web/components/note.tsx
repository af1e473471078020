/** What a person should notice, in a box of its own. */
import { Alert, type AlertProps } from '@mantine/core';
import { WarningIcon } from './icons.tsx';

interface NoteProps extends AlertProps {
  /** `bad`: nothing goes on by itself. @default 'care' */
  readonly tone?: 'care' | 'bad';
}

export const Note = ({ tone = 'care', ...props }: NoteProps) => (
  <Alert
    variant="default"
    icon={<WarningIcon />}
    styles={{ icon: { color: `var(--lineup-${tone})` }, message: { color: 'inherit' } }}
    {...props}
  />
);
