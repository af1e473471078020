/** Follows a run that goes on by server-sent events, until it has ended. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import {
  applyUpdate,
  refreshEndedRun,
  refreshProgress,
  refreshRun,
  runEvents,
  updateOf,
} from '../../api/runs.ts';

/** How long after a connection was refused for good (the server restarts, the session has ended) it is tried again. */
const AGAIN_MS = 2_000;
/** A stream that is taken up again at once (a proxy ended it) was not lost. */
const LOST_MS = 1_000;
/** The report is asked for again at most this often. */
const REPORT_MS = 700;

/**
 * Keeps the run, its report and its journal as they are known here up to date while `goesOn`.
 * @returns whether the connection is lost
 */
export function useFollowedRun(id: string, goesOn: boolean): boolean {
  const queries = useQueryClient();
  const [attempt, setAttempt] = useState(0);
  const [lost, setLost] = useState(false);

  useEffect(() => {
    if (!goesOn) return;
    const stream = new EventSource(`${runEvents(id)}?attempt=${attempt}`);
    let reportTimer: ReturnType<typeof setTimeout> | undefined;
    let againTimer: ReturnType<typeof setTimeout> | undefined;
    let lostTimer: ReturnType<typeof setTimeout> | undefined;
    const found = () => {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      setLost(false);
    };

    const take = (message: MessageEvent<string>) => {
      found();
      const update = updateOf(message);
      if (applyUpdate(queries, id, update)) {
        stream.close();
        void refreshEndedRun(queries, id);
      } else if (update.type === 'event') {
        reportTimer ??= setTimeout(() => {
          reportTimer = undefined;
          refreshProgress(queries, id);
        }, REPORT_MS);
      }
    };
    for (const type of ['run', 'event', 'progress']) stream.addEventListener(type, take);
    stream.onopen = found;
    stream.onerror = () => {
      lostTimer ??= setTimeout(() => setLost(true), LOST_MS);
      // While it is CONNECTING the browser tries again by itself.
      if (stream.readyState !== EventSource.CLOSED) return;
      againTimer = setTimeout(() => {
        void refreshRun(queries, id);
        setAttempt((before) => before + 1);
      }, AGAIN_MS);
    };
    return () => {
      stream.close();
      clearTimeout(reportTimer);
      clearTimeout(againTimer);
      clearTimeout(lostTimer);
    };
  }, [queries, id, goesOn, attempt]);
  return goesOn && lost;
}
