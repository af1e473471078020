/** A plan as text for people and as JSON for programs, both without credentials. */
import type { Change } from '../../plan/changes.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { paint, safe } from '../output.ts';

const marks = { create: ['+', 'green'], change: ['~', 'yellow'], delete: ['-', 'red'] } as const;

export const nameOf = (step: Step): string => {
  const thing = step.action === 'delete' ? step.existing : step.wanted;
  return 'label' in thing ? thing.label : thing.name;
};

const changesOf = (step: Step): readonly Change[] => (step.action === 'change' ? step.changes : []);

const replacesSecret = (step: Step): boolean =>
  step.action === 'change' && step.kind === 'authorization' && step.replaceSecret;

export function describeStep(step: Step): string {
  const [mark, colour] = marks[step.action];
  return `${paint(colour, mark)} ${step.action} ${step.kind} "${safe(nameOf(step))}"`;
}

export function describePlan(plan: Plan): string {
  const lines = plan.steps.flatMap((step) => [
    describeStep(step),
    ...changesOf(step).map(
      ({ key, before, after }) => `    ${safe(key)}: ${shown(before)} → ${shown(after)}`,
    ),
    ...audienceLines(step),
    ...(replacesSecret(step) ? ['    credentials: replaced with those in the environment'] : []),
  ]);
  const others = plan.others.map(({ kind, name }) => `${kind} "${safe(name)}"`).join(', ');
  return [
    ...(lines.length > 0 ? lines : ['No changes.']),
    `${plan.unchanged} already match the file.`,
    ...(others ? [`Not in the file, left unchanged: ${others}.`] : []),
  ].join('\n');
}

/** What the plan does to the audience that campaigns target. */
function audienceLines(step: Step): string[] {
  if (step.action !== 'change' || step.kind !== 'job') return [];
  const { audience, existing } = step;
  switch (audience.kind) {
    case 'renamed':
      return [`    audience ${audience.id} is renamed at LINE`];
    case 'another':
      return [`    another audience is created at LINE; ${audience.left} stays unchanged`];
    case 'chosen':
      return existing.audience_id === null
        ? []
        : [`    audience ${existing.audience_id} stays unchanged at LINE`];
    default:
      return [];
  }
}

export const planDocument = (plan: Plan): Record<string, unknown> => ({
  steps: plan.steps.map((step) => ({
    action: step.action,
    kind: step.kind,
    name: nameOf(step),
    changes: changesOf(step),
    audience: step.action === 'change' && step.kind === 'job' ? step.audience.kind : null,
    replacesCredentials: replacesSecret(step),
  })),
  unchanged: plan.unchanged,
  others: plan.others,
});

function shown(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return safe(value.join(', ') || 'none');
  return safe(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
