/** What a word shows: `act` that something was or will be done, `topic` that the writer knows what this is about. */
export type Concept = { name: string; shows: 'act' | 'topic'; stems: string }

/**
 * Words of incident response, without accents and in lower case: en, de, fr, es, it, pl, cs, pt, nl, each language on its own
 * line where the words differ. A `*` stands for any ending.
 */
const concepts: readonly Concept[] = [
  {
    name: 'ban',
    shows: 'act',
    stems: `ban bans banned banning unban* blacklist* blocklist* block blocked blocking
      sperren gesperrt gesperrte sperrung gebannt blockiert
      banni bannir bannie bannissement bloque bloquer bloquee bloquons
      bloqueado bloquear bloqueamos bloqueada vetado baneado
      bloccato bloccare bloccata bannato
      zablokowa* zbanowa* blokad*
      zablokova* zabanova* blokovan*
      bloqueamos banido banimos
      geblokkeerd blokkeren verbannen`,
  },
  {
    name: 'suspend',
    shows: 'act',
    stems: `suspend suspended suspending suspension deactivat* disabled disable disabling
      suspendiert stillgelegt deaktivier*
      suspendu suspendre suspendue desactive desactiver
      suspendido suspender suspendida desactivado
      sospeso sospendere disabilitat*
      zawiesi* zawieszon* wylaczy* wylaczon*
      pozastav* deaktivova*
      suspenso suspendemos
      opgeschort geschorst uitgeschakeld`,
  },
  {
    name: 'revoke',
    shows: 'act',
    stems: `revoke revoked revoking revocation crl
      widerruf* zuruckgezogen
      revoque revoquer revocation
      revocado revocar revocacion
      revocato revocare revoca
      uniewazni* odwola*
      zneplatn* odvola*
      revogado revogar revogacao
      ingetrokken intrekken`,
  },
  {
    name: 'stop the job',
    shows: 'act',
    stems: `kill killed killing terminated cancelled canceled qdel scancel condor_rm
      beendet abgebrochen abgeschossen
      arrete interrompu
      matado cancelado terminado
      terminato ucciso fermato
      zabit* zatrzyma* ubit*
      zabit* ukonc* zastav*
      terminamos
      beeindigd gestopt`,
  },
  {
    name: 'contain',
    shows: 'act',
    stems: `isolat* quarantin* contained containment drained draining
      isolier* abgeschottet
      isole isoler isolee confine* quarantaine
      aislado aislar cuarentena
      isolare quarantena
      odizolowa* kwarantann*
      izolova* karanten*
      isolado isolar quarentena
      geisoleerd`,
  },
  {
    name: 'keep evidence',
    shows: 'act',
    stems: `forensic* snapshot* preserv* imaged
      forensisch* beweissicher* gesichert
      forensique* preserv* sauvegarde*
      forense* instantanea
      forensi conservat*
      zabezpieczy* zabezpieczon*
      forenzn* zajist*
      preservad*
      forensische veiliggesteld`,
  },
  {
    name: 'job',
    shows: 'topic',
    stems: 'job jobs jobid pilot pilots payload* batch zadani* uloha ulohy uloh trabajos tarefa* tache* slurm htcondor pbs arex',
  },
  { name: 'proxy', shows: 'topic', stems: 'proxy proxies voms myproxy vomsdir x509 token tokens' },
  {
    name: 'certificate',
    shows: 'topic',
    stems: 'certificat* zertifikat* certyfikat* certifikat* certificaat* certificad* dn dns subject-dn',
  },
  // one for both: they stand together in many a signature
  { name: 'VO or CSIRT', shows: 'topic', stems: 'vo vos virtual-organisation vomrs csirt cert irtf soc irt' },
  { name: 'ban list', shows: 'topic', stems: 'argus pap lcas lcmaps arc-ban banlist ban-list allowlist denylist' },
  {
    name: 'worker node',
    shows: 'topic',
    stems: 'worker workernode* workers wn wns node nodes knoten noeud noeuds nodo nodos nodi wezel wezl* uzel uzly knooppunt*',
  },
  {
    name: 'logs',
    shows: 'topic',
    stems: 'log logs logfiles logfile journald syslog protokoll* logdatei* journaux registros logach logow logy logbestand*',
  },
  {
    name: 'credential',
    shows: 'topic',
    stems: 'credential* compromis* kompromitt* compromett* skompromitow* kompromitov* comprometid* gecompromitteerd stolen',
  },
]

type Table = { exact: ReadonlyMap<string, Concept>; begins: readonly (readonly [string, Concept])[] }
const table = readTable()

function readTable(): Table {
  const words = concepts.flatMap((concept) => concept.stems.split(/\s+/).map((stem) => [stem, concept] as const))
  const begins = words.filter(([stem]) => stem.endsWith('*')).map(([stem, concept]) => [stem.slice(0, -1), concept] as const)
  return { exact: new Map(words.filter(([stem]) => !stem.endsWith('*'))), begins }
}

/** The concepts that a text names, each once, with the word as it was found. */
export function conceptsIn(text: string): ReadonlyMap<Concept, string> {
  const found = new Map<Concept, string>()
  for (const word of new Set(plainWords(text))) {
    const concept = table.exact.get(word) ?? table.begins.find(([stem]) => word.startsWith(stem))?.[1]
    if (concept && !found.has(concept)) found.set(concept, word)
  }
  return found
}

const letters: Record<string, string> = { ł: 'l', ß: 'ss', ø: 'o', đ: 'd', æ: 'ae' }

/** Lower-case words without accents; those of addresses and links are somebody's name. */
function plainWords(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => !word.includes('@') && !word.includes('://'))
  const plain = words
    .join(' ')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[łßøđæ]/g, (letter) => letters[letter]!)
  return plain.split(/[^a-z0-9_-]+/).flatMap((word) => (word.includes('-') ? [word, ...word.split('-')] : [word]))
}
