"""What most people would write: psycopg and hashlib. Usage: postgres-hash.py <url> <table> <out>"""
import hashlib
import sys

import psycopg

url, table, path = sys.argv[1:4]
seen = set()
with psycopg.connect(url) as connection, connection.cursor(name="members") as cursor, open(path, "w") as out:
    cursor.itersize = 10_000
    cursor.execute(f"SELECT email FROM {table}")
    for (email,) in cursor:
        email = (email or "").strip().lower()
        if not email:
            continue
        line = hashlib.sha256(email.encode()).hexdigest()
        if line not in seen:
            seen.add(line)
            out.write(line + "\n")
