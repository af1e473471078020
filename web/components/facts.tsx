/** What is known of a thing: names over values, in as many columns as fit. What is null is left out. */
import type { ReactNode } from 'react';

export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }) {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== '');
  // Six are two rows of three rather than four and a remainder.
  const threes = shown.length % 4 !== 0 && shown.length % 3 === 0;
  return (
    <dl className="card facts" data-threes={threes || undefined}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
