/** A plan as text for people and as JSON for programs, both without credentials. */

import type { JobView } from '../../contracts/jobs.ts';
import { destinationOfJob, ownerOfJob } from '../../domain/destinations/index.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { type DeliveryAfter, deliveriesOfNew, leftBySiblings, withAudiences } from '../../domain/jobs/audiences.ts';
import type { Change } from '../../plan/changes.ts';
import type { FileJob } from '../../plan/file.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { paint, safe } from '../output.ts';
import type { LetIn } from './let-in.ts';

const marks = { create: ['+', 'green'], change: ['~', 'yellow'], delete: ['-', 'red'] } as const;

const nameOf = (step: Step): string => {
  if (step.kind === 'settings') return step.section;
  const thing = step.action === 'delete' ? step.existing : step.wanted;
  return 'label' in thing ? thing.label : thing.name;
};

/** Such as `job "VIP"`. */
export const describeName = (step: Step): string => `${step.kind} "${safe(nameOf(step))}"`;

const changesOf = (step: Step): readonly Change[] => (step.action === 'change' ? step.changes : []);

const replacesSecret = (step: Step): boolean => 'replaceSecret' in step && step.replaceSecret;

export function describeStep(step: Step): string {
  const [mark, colour] = marks[step.action];
  return `${paint(colour, mark)} ${step.action} ${describeName(step)}`;
}

const NOBODY: LetIn = new Map();

export function describePlan(plan: Plan, letIn: LetIn = NOBODY): string {
  const lines = plan.steps.flatMap((step) => [
    describeStep(step),
    ...changesOf(step).map(({ key, before, after }) => `    ${safe(key)}: ${shown(before)} → ${shown(after)}`),
    ...audienceLines(step),
    ...letInLines(step, letIn),
    ...(replacesSecret(step) ? ['    credentials: replaced with those that the file names'] : []),
  ]);
  const others = plan.others.map(({ kind, name }) => `${kind} "${safe(name)}"`).join(', ');
  return [
    ...(lines.length > 0 ? lines : ['No changes.']),
    `${plan.unchanged} already match the file.`,
    ...(others ? [`Not in the file, left unchanged: ${others}.`] : []),
  ].join('\n');
}

function letInLines(step: Step, letIn: LetIn): string[] {
  const found = letIn.get(step);
  return found ? [`    ${safe(found.message)}`] : [];
}

/** What the plan does to the audiences that campaigns target. */
function audienceLines(step: Step): string[] {
  if (step.kind !== 'job' || step.action === 'delete') return [];
  if (step.action === 'create')
    return deliveriesOfNew(step.wanted).flatMap((delivery) => adoptedLine(delivery, step.wanted));
  const { deliveries, existing } = step;
  const owner = ownerOfJob(existing.type);
  const [first, ...siblings] = deliveries;
  const left = leftBySiblings(withAudiences(existing), deliveries);
  return [
    ...deliveries.flatMap(({ audience }) =>
      audience.kind === 'renamed' ? [`    audience ${audience.id} is renamed at ${owner}`] : [],
    ),
    ...(first ? firstLines(first, existing) : []),
    ...siblings.flatMap(({ audience, wanted }) =>
      audience.kind === 'another'
        ? [`    another audience "${safe(wanted.audience_name ?? '')}" is created at ${owner}`]
        : [],
    ),
    ...left.map((id) => `    audience ${id} stays unchanged at ${owner}`),
  ];
}

function adoptedLine({ audience }: DeliveryAfter, { type }: FileJob): string[] {
  if (audience.kind !== 'adopted') return [];
  const [mode] = destinationOfJob(type).modes;
  const effect = mode === 'replace' ? 'replaces its members' : 'adds members to it';
  return [`    audience ${audience.id} "${safe(audience.name)}" is adopted: the first run ${effect}, and creates none`];
}

function firstLines({ audience }: DeliveryAfter, { audience_id: before, type }: JobView): string[] {
  switch (audience.kind) {
    case 'another':
      return [`    another audience is created at ${ownerOfJob(type)}; ${audience.left} stays unchanged`];
    case 'chosen':
      return before === null ? [] : [`    audience ${before} stays unchanged at ${ownerOfJob(type)}`];
    default:
      return [];
  }
}

/** @param refused what the service would refuse, with the place in the file */
export const planDocument = (
  plan: Plan,
  letIn: LetIn = NOBODY,
  refused: readonly FieldError[] = [],
): Record<string, unknown> => ({
  steps: plan.steps.map((step) => ({
    action: step.action,
    kind: step.kind,
    name: nameOf(step),
    changes: changesOf(step),
    ...audienceKinds(step),
    ...(letIn.has(step) && { letIn: letIn.get(step) }),
    replacesCredentials: replacesSecret(step),
  })),
  unchanged: plan.unchanged,
  others: plan.others,
  refusals: refused.map(({ path, message }) => ({ path, message })),
});

/** What happens to the audience of the first identifier, and to those of further ones. */
function audienceKinds(step: Step) {
  if (step.kind !== 'job' || step.action === 'delete') return { audience: null };
  const deliveries = step.action === 'change' ? step.deliveries : deliveriesOfNew(step.wanted);
  const kinds = deliveries.map((delivery) => delivery.audience.kind);
  if (step.action === 'create' && !kinds.includes('adopted')) return { audience: null };
  const [audience = null, ...siblings] = kinds;
  return { audience, ...(siblings.length > 0 && { siblingAudiences: siblings }) };
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map(shown).join(', ') || 'none';
  return safe(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
