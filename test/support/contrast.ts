/**
 * The contrast of texts, which axe judges. Its answer follows from a few styles of a text and of what is behind it, so
 * each combination of them is judged once in a process. Most pages have few that the pages before did not have.
 */
import type { Page } from 'playwright-core';

export interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** The combinations that axe has found readable. */
const readable = new Set<string>();

/** Judges the texts whose combination is new, in the scheme that the page shows. Needs axe on the page. */
export async function unreadable(page: Page): Promise<readonly Finding[]> {
  const { violations, passed } = await page.evaluate(JUDGE, [...readable]);
  for (const combination of passed) readable.add(combination);
  return violations;
}

const JUDGE = new Function(
  'known',
  `
  const { axe } = globalThis;
  const behind = new Map();
  /** The backgrounds and the transparency of an element and of everything around it. */
  const groundOf = (element) => {
    if (element === null) return '';
    if (!behind.has(element)) {
      const { backgroundColor, backgroundImage, opacity, mixBlendMode, filter } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, mixBlendMode, filter].join();
      const around = groundOf(element.parentElement);
      behind.set(element, own === 'rgba(0, 0, 0, 0),none,1,normal,none' ? around : around + ' ' + own);
    }
    return behind.get(element);
  };
  const isOff = (one) => one?.closest('[disabled], [aria-disabled="true"]') != null;
  /** axe does not judge what is disabled, nor its label. */
  const combinationOf = (element) => {
    const { color, fontSize, fontWeight, textShadow, position } = getComputedStyle(element);
    const exempt = isOff(element) || isOff(element.closest('label')?.control);
    return [color, fontSize, fontWeight, textShadow, position, exempt, groundOf(element)].join('|');
  };
  const hasText = (element) =>
    'value' in element || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const seen = new Set(known);
  const combinations = new Map();
  for (const element of document.querySelectorAll('body *')) {
    if (!hasText(element) || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const combination = combinationOf(element);
    if (!seen.has(combination)) combinations.set(element, combination);
  }
  if (combinations.size === 0) return { violations: [], passed: [] };
  return axe
    .run(
      { include: [...combinations.keys()] },
      {
        runOnly: ['color-contrast'],
        resultTypes: ['violations', 'passes'],
        selectors: false,
        preload: false,
        elementRef: true,
      },
    )
    .then(({ violations, passes }) => ({
      violations: violations.map(({ id, nodes }) => ({
        id,
        nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
      })),
      passed: passes.flatMap(({ nodes }) => nodes.map(({ element }) => combinations.get(element))),
    }));
`,
) as (known: readonly string[]) => Promise<{ violations: readonly Finding[]; passed: readonly string[] }>;
