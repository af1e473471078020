/** Why a run, or one of its audiences, has failed. */
import { Alert, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunError } from '../../../src/domain/runs/run.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { useFailureText } from '../../lib/failure-text.ts';

interface FailureNoteProps {
  readonly error: RunError;
  /** Below the text. */
  readonly children?: ReactNode;
}

export function FailureNote({ error, children }: FailureNoteProps) {
  const { title, detail, todo } = useFailureText()(error);
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<WarningIcon />}
      title={title}
      styles={{ icon: { color: 'var(--lineup-bad)' }, message: { color: 'inherit' } }}
    >
      <Text fz="sm">{detail}</Text>
      {todo && (
        <Text fz="sm" mt={4}>
          {todo}
        </Text>
      )}
      {children}
    </Alert>
  );
}
