/** Follows a run by server-sent events until it has ended. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { applyUpdate, refreshEndedRun, refreshProgress, refreshRun, runEvents, updateOf } from '../../api/runs.ts';

/** The delay before a new attempt when the connection was refused (the server restarts, or the session has ended). */
const RETRY_MS = 2_000;
/** A stream that reconnects within this time (for example after a proxy closed it) does not count as lost. */
const LOST_MS = 1_000;
/** The shortest time between two requests for the report. */
const REPORT_MS = 700;

/**
 * Keeps the cached run, report and journal up to date while `isRunning`.
 * @returns whether the connection is lost
 */
export function useFollowedRun(id: string, isRunning: boolean): boolean {
  const queries = useQueryClient();
  const [attempt, setAttempt] = useState(0);
  const [lost, setLost] = useState(false);

  useEffect(() => {
    if (!isRunning) return;
    const stream = new EventSource(`${runEvents(id)}?attempt=${attempt}`);
    let reportTimer: ReturnType<typeof setTimeout> | undefined;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
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
      // In the state CONNECTING the browser retries by itself.
      if (stream.readyState !== EventSource.CLOSED) return;
      retryTimer = setTimeout(() => {
        void refreshRun(queries, id);
        setAttempt((before) => before + 1);
      }, RETRY_MS);
    };
    return () => {
      stream.close();
      clearTimeout(reportTimer);
      clearTimeout(retryTimer);
      clearTimeout(lostTimer);
    };
  }, [queries, id, isRunning, attempt]);

  // Whatever has shown that the run has ended: an answer about the run may come before the last entries of its journal.
  const wasRunning = useRef(false);
  useEffect(() => {
    if (wasRunning.current && !isRunning) void refreshEndedRun(queries, id);
    wasRunning.current = isRunning;
  }, [queries, id, isRunning]);
  return isRunning && lost;
}
