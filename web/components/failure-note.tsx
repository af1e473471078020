/** Why a job, a run, or one of its audiences has failed. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { type Failed, useFailureText } from '../lib/failure-text.ts';
import { Note } from './note.tsx';
import { Technical } from './technical.tsx';

interface FailureNoteProps {
  readonly error: Failed;
  /** @default 'bad' */
  readonly tone?: 'care' | 'bad';
  /** Below the text. */
  readonly children?: ReactNode;
}

export function FailureNote({ error, tone = 'bad', children }: FailureNoteProps) {
  const { title, detail, todo, technical } = useFailureText()(error);
  return (
    <Note tone={tone} title={title}>
      <Text fz="sm">{detail}</Text>
      {todo && (
        <Text fz="sm" mt={4}>
          {todo}
        </Text>
      )}
      <Technical text={technical} />
      {children}
    </Note>
  );
}
