/** Facts about a thing: names above values, in as many columns as fit. A null value is left out. */
import type { ReactNode } from 'react';

export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }) {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== '');
  // Six facts make two rows of three rather than a row of four and a rest.
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
