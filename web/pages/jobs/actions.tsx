/**
 * The actions on a job. "Run now" always stays at the same place, so that a second click on it never meets another
 * action. Actions that end or override something ask first.
 */
import { Button, Group, Tooltip, VisuallyHidden } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type MouseEvent, useId, useState } from 'react';
import type { JobAction, JobView, PlainAction } from '../../../src/contracts/jobs.ts';
import { useChange, useChanges } from '../../api/change.ts';
import { actOnJob } from '../../api/jobs.ts';
import { StopDialog } from '../../components/stop-run.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

/** The most likely actions. When one is possible, it takes the colour from "Run now". */
const foremost: readonly PlainAction[] = ['continue'];
/** The other actions, without colour. *Run anyway* is at the numbers that it is about (approval.tsx). */
const quiet: readonly PlainAction[] = ['resume', 'pause', 'stop_run'];

export function JobActions({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const { send, act } = useJobAction(job);
  const [isStopping, setStopping] = useState(false);
  if (!may('jobs.act') || job.condition === 'terminated') return null;

  const possible: readonly JobAction[] = job.actions;
  const first = foremost.find((action) => possible.includes(action));
  const begin = (action: PlainAction, { detail: clicks }: MouseEvent) => {
    // A click can change the buttons. The second click of a double click must not meet a new button.
    if (clicks > 1) return;
    if (action === 'stop_run') setStopping(true);
    else act.mutate(action);
  };
  const isSending = (action: PlainAction) => act.isPending && act.variables === action;
  return (
    <>
      <Group gap="xs" role="group" aria-label={t('job.actions')}>
        <RunNow
          job={job}
          first={first === undefined && job.approval === null}
          sending={isSending('run_now')}
          onRun={begin}
        />
        {first && (
          <Button loading={isSending(first)} onClick={(event) => begin(first, event)}>
            {t(`job.action.${first}`)}
          </Button>
        )}
        {quiet
          // *Continue* goes on with the run that was paused, as *Resume* would.
          .filter((action) => possible.includes(action) && !(action === 'resume' && first === 'continue'))
          .map((action) => (
            <Button
              key={action}
              variant={action === 'resume' && job.status === 'paused' ? 'filled' : 'default'}
              c={action === 'stop_run' ? 'var(--mantine-color-error)' : undefined}
              loading={isSending(action)}
              onClick={(event) => begin(action, event)}
            >
              {t(`job.action.${action}`)}
            </Button>
          ))}
      </Group>
      {isStopping && job.last_run && (
        <StopDialog
          runId={job.last_run.id}
          jobId={job.id}
          onClose={() => setStopping(false)}
          onStop={() => send('stop_run')}
        />
      )}
    </>
  );
}

interface RunNowProps {
  readonly job: JobView;
  readonly first: boolean;
  readonly sending: boolean;
  readonly onRun: (action: 'run_now', event: MouseEvent) => void;
}

/** Explains what the button does, or why it is not possible now. It can be focused in both cases. */
function RunNow({ job, first, sending, onRun }: RunNowProps) {
  const { t } = useTranslation();
  const id = useId();
  const isPossible = job.actions.includes('run_now');
  const hint = isPossible
    ? t('job.run_now.hint')
    : t(job.status === 'runnable' ? 'job.run_now.running' : 'job.run_now.paused');
  const isFirst = first && job.status !== 'paused';
  return (
    <Tooltip label={hint} multiline w={260} withinPortal={false} events={{ hover: true, focus: true, touch: true }}>
      <Button
        variant={isFirst ? 'filled' : 'default'}
        loading={sending}
        data-disabled={!isPossible || undefined}
        aria-disabled={!isPossible || undefined}
        aria-describedby={id}
        onClick={(event) => isPossible && onRun('run_now', event)}
      >
        {t('job.action.run_now')}
        <VisuallyHidden id={id} component="span" aria-hidden="true">
          {hint}
        </VisuallyHidden>
      </Button>
    </Tooltip>
  );
}

/** What undoes an action. A job that had failed was not paused before it was resumed. */
function oppositeOf(action: PlainAction, before: JobView): PlainAction | undefined {
  if (action === 'pause') return 'resume';
  return action === 'resume' && before.status === 'paused' ? 'pause' : undefined;
}

/** Performs an action on a job, and shows the result as a toast. */
export function useJobAction(job: JobView) {
  const { t } = useTranslation();
  const toast = useToast();
  const change = useChanges();
  const { mutateAsync: send } = useChange(actOnJob(job.id), {
    onSuccess: (_, action) => {
      const opposite = oppositeOf(action, job);
      const undo = opposite && (() => change(actOnJob(job.id), opposite));
      toast.done(t(`job.done.${action}`), undo);
    },
  });
  return {
    send,
    act: useMutation({ mutationFn: (action: PlainAction) => send(action), onError: toast.failed }),
  };
}
