/** Which keys are for us: not those of fields, and not single ones for people who have turned them off. */

/** Whether an element takes keys itself. */
export const takesKeys = (element: Element | null): boolean =>
  element?.closest(
    'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="menu"], [role="dialog"]',
  ) != null;

const OFF = 'lineup.singleKeys';

export const hasSingleKeys = (): boolean => localStorage.getItem(OFF) !== 'off';

export function keepSingleKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, 'off');
}

export const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform);
