/**
 * A typed letter is on the screen before the page is drawn again: the browser itself shows it in its field. On a slow
 * phone, a long form or a list of a thousand jobs takes longer than a frame to draw.
 */
import { options } from 'preact';

type Draw = () => void;

/** Whoever handles these must find what was typed before; a draft is kept before the page goes away. */
const next = [
  'beforeinput',
  'change',
  'click',
  'focusin',
  'focusout',
  'keydown',
  'pagehide',
  'pointerdown',
  'submit',
  'visibilitychange',
];

/** From here on, what a letter changes is drawn after the next frame, or before whatever else the person does. */
export function showLettersFirst(): void {
  let waiting: Draw | undefined;
  const draw = () => {
    const now = waiting;
    waiting = undefined;
    now?.();
  };
  options.debounceRendering = (drawAll: Draw) => {
    // There is no other way to ask which event is being handled.
    if (globalThis.event?.type !== 'input') return queueMicrotask(drawAll);
    waiting = drawAll;
    requestAnimationFrame(() => setTimeout(draw));
  };
  for (const event of next) addEventListener(event, draw, { capture: true });
}
