/** The toasts in the corner of the page. Loaded after the page. */
import { Button, Group } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

export { notifications } from '@mantine/notifications';

/** What the toast says afterwards. */
interface Said {
  readonly title?: string;
  readonly message: string;
}

/** Calls the opposite endpoint. @param say other words than "Undone." */
export type Undo = (say: (words: Said) => void) => Promise<unknown>;

/** Long enough to read it and to reach its button. The time does not run while a toast has the pointer or the focus. */
const SHOWN_MS = 10_000;

export function Toasts() {
  return <Notifications position="bottom-right" autoClose={SHOWN_MS} />;
}

/** Of each toast that offers to undo something, the newest last: Ctrl+Z takes that one. */
const undoable: (() => void)[] = [];

interface UndoableProps {
  readonly id: string;
  readonly message: string;
  readonly undo: Undo;
  readonly onFailed: (error: Error) => void;
}

export function Undoable({ id, message, undo, onFailed }: UndoableProps) {
  const { t } = useTranslation();
  const [isUndoing, setUndoing] = useState(false);
  const run = () => {
    if (isUndoing) return;
    setUndoing(true);
    let said: Said = { message: t('toast.undone') };
    const say = (words: Said) => {
      said = words;
    };
    undo(say).then(
      () => notifications.update({ id, color: 'line', autoClose: SHOWN_MS, ...said }),
      (error: Error) => {
        notifications.hide(id);
        onFailed(error);
      },
    );
  };
  useUndoKey(run);
  return (
    <Group gap="sm" justify="space-between" wrap="nowrap">
      <span>{message}</span>
      <Button
        size="compact-sm"
        variant="default"
        loading={isUndoing}
        aria-keyshortcuts="Control+Z Meta+Z"
        onClick={run}
      >
        {t('toast.undo')}
      </Button>
    </Group>
  );
}

/**
 * The keys that undo anywhere else. In a field they undo what was typed. They work as soon as the toast is there: a
 * moment later, they would undo what the toast before it offers.
 */
function useUndoKey(run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useLayoutEffect(() => {
    const undo = () => latest.current();
    undoable.push(undo);
    const onKey = (event: KeyboardEvent) => {
      const isUndo = event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
      if (!isUndo || event.defaultPrevented || undoable.at(-1) !== undo || isEditable(event.target)) return;
      event.preventDefault();
      undo();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      undoable.splice(undoable.indexOf(undo), 1);
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}

const isEditable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
