import GRDB

/// A unit whose stored records are not what was written.
package struct DamagedUnit: Equatable, Sendable {
  package var unit: Int
  package var first: Int
  package var count: Int
  package var reason: String
}

/// Finding and healing damage to the ledger.
extension RunStore {
  /// Checks the records of every committed unit against their checksums; reads the whole file.
  package func damagedUnits() throws(StoreError) -> [DamagedUnit] {
    try connection.read { db in
      var damaged: [DamagedUnit] = []
      let query = try BoundStatement(
        db, "SELECT id, first, count, columns FROM unit LEFT JOIN frame ON unit = id WHERE state = 1 ORDER BY id")
      while try query.next() {
        let unit = StoredUnit(first: query.int(1), count: query.int(2), cost: 0)
        guard let fault = unit.fault(in: query.bytes(3)) else { continue }
        damaged.append(DamagedUnit(unit: query.int(0), first: unit.first, count: unit.count, reason: fault))
      }
      return damaged
    }
  }

  /// Forgets the records of `units`, which wait again: the next resume measures exactly these.
  package func requeue(_ units: [Int], at now: WallTime) throws(StoreError) {
    try write(at: now) { db in
      for unit in units {
        try db.execute(sql: "UPDATE unit SET state = 0, digest = NULL WHERE id = ?", arguments: [unit])
        try db.execute(sql: "DELETE FROM frame WHERE unit = ?", arguments: [unit])
      }
      try db.execute(sql: "UPDATE life SET trials = 0")
    }
  }
}

/// How the database keeps its promise, as it says itself.
package struct Durability: Equatable, Sendable {
  /// `wal`.
  package var journalMode: String
  /// 2 = FULL: a commit returns after the disk has it.
  package var synchronous: Int
}

extension RunStore {
  package func durability() throws(StoreError) -> Durability {
    try connection.read { db in
      Durability(
        journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
        synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0)
    }
  }
}
