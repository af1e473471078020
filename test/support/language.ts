/** Finds texts on a page that are not in the language of its reader. */
import type { Page } from 'playwright-core';

/** Texts that are the same in every language: names of things, LINE’s own words, codes, paths and addresses. */
const facts: readonly RegExp[] = [
  /^(Lineup|LINE Ads|Amazon S3|BigQuery|Google Cloud Storage|Lytics|MySQL, MariaDB|PostgreSQL|Snowflake|Slack|Webhook|URL|CSV|JSON|TLS|STARTTLS|SHA-256|UTF-8|IFA|ID|English|Bahasa Indonesia)$/,
  // LINE’s states and operations, its words for a refusal, and codes of the network.
  /^[A-Z][A-Z0-9_]+$/,
  /^(GET|POST|PUT|PATCH|DELETE) \/\S+$/,
  // Paths, files, addresses, time zones, requests, entries of the audit log.
  /^\S*[/@.]\S+$/,
  // Account ids, run ids, times with their zone, sizes.
  /^[A-Za-z]\d+$/,
  /^\d{8}-\d{6}-\w+$/,
  /^\d{1,2}:\d{2}(:\d{2})? [A-Z]{2,5}$/,
  /^[\d.,]+ ?[kKMG]?B$/,
];

const JAPANESE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
/** Three words in a row are a sentence, or a part of one. */
const SENTENCE = /[A-Za-z’']{2,}(?:[ ,;:–]+[A-Za-z’']{2,}){2,}/;

/**
 * Returns every text on a Japanese page that is not Japanese and not a fact, and every Japanese text that contains an
 * English sentence. It includes ARIA labels, placeholders and tooltips.
 * @param names that people and the test have given to things
 */
export async function notJapanese(page: Page, names: readonly string[]): Promise<string[]> {
  const texts = (await page.evaluate(`(() => {
    const found = [document.title];
    for (const element of document.querySelectorAll('body, body *')) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('script, style, [lang]:not(html)')) continue;
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) found.push(element.getAttribute(name) ?? '');
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE) continue;
        // An address that may break in its middle is one text.
        if (node.previousSibling?.nodeName === 'WBR') found.push(found.pop() + node.data);
        else found.push(node.data);
      }
    }
    return found;
  })()`)) as string[];
  const visible = texts.map((text) => {
    const rest = names.reduce((left, name) => left.replaceAll(name, ''), text);
    return rest
      .replace(/LINE Ads/g, 'LINE')
      .split(/ [·→] /)
      .map((part) => part.replace(/^[\s·…→:(（]+|[\s·→:)）]+$/g, ''));
  });
  const foreign = visible.flat().filter((text) => {
    if (!/[A-Za-z]{2,}/.test(text)) return false;
    return JAPANESE.test(text) ? SENTENCE.test(text) : !facts.some((fact) => fact.test(text));
  });
  return [...new Set(foreign)];
}
