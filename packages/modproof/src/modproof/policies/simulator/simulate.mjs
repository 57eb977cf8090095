// Reads simulations for @cloud-copilot/iam-simulate as a JSON array from standard input, and writes the result of each,
// in order: {verdict, because, ignored} or {fault}.
import { getDenialReasons, getGrantReasons, runSimulation } from '@cloud-copilot/iam-simulate'

const reason = ({ policyType, policyIdentifier, identifier, statementId, statementIndex, denialType }) => ({
  kind: policyType,
  policy: policyIdentifier ?? identifier ?? '',
  statement: statementId ?? (statementIndex === undefined ? '' : `#${statementIndex}`),
  denial: denialType ?? '',
})

const outcome = async (simulation) => {
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (answer.resultType === 'error') return { fault: answer.errors }
  if (answer.resultType !== 'single') return { fault: { message: 'wildcard.resource' } }
  const { analysis, ignoredContextKeys } = answer.result
  const reasons = answer.overallResult === 'Allowed' ? getGrantReasons(analysis) : getDenialReasons(analysis)
  return { verdict: answer.overallResult, because: reasons.map(reason), ignored: ignoredContextKeys ?? [] }
}

let text = ''
for await (const chunk of process.stdin) text += chunk
const outcomes = []
for (const simulation of JSON.parse(text)) outcomes.push(await outcome(simulation))
process.stdout.write(JSON.stringify(outcomes))
