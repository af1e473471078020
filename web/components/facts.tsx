/** Facts about a thing: names above values, in as many columns as fit. A null value is left out. */
import type { ReactNode } from 'react';

interface FactsProps {
  readonly facts: Readonly<Record<string, ReactNode>>;
  /** Within a card that has more. */
  readonly isPart?: boolean;
}

export function Facts({ facts, isPart = false }: FactsProps) {
  const shown = Object.entries(facts).filter(([, value]) => value != null && value !== '');
  // Six facts make two rows of three rather than a row of four and a rest.
  const threes = shown.length % 4 !== 0 && shown.length % 3 === 0;
  return (
    <dl className={isPart ? 'facts' : 'card facts'} data-threes={(threes && !isPart) || undefined}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
