/** What is known of a thing: names over values, in as many columns as fit. What is null is left out. */
import type { ReactNode } from 'react';

export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="card facts">
      {Object.entries(facts).map(
        ([name, value]) =>
          value !== null &&
          value !== '' && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
