"""What most people would write: mysqlclient and hashlib. Usage: mysql-hash.py <socket> <table> <out>"""
import hashlib
import sys

import MySQLdb
import MySQLdb.cursors

socket, table, path = sys.argv[1:4]
seen = set()
connection = MySQLdb.connect(unix_socket=socket, user="root", charset="utf8mb4", cursorclass=MySQLdb.cursors.SSCursor)
with connection.cursor() as cursor, open(path, "w") as out:
    cursor.execute(f"SELECT email FROM {table}")
    for (email,) in cursor:
        email = (email or "").strip().lower()
        if not email:
            continue
        line = hashlib.sha256(email.encode()).hexdigest()
        if line not in seen:
            seen.add(line)
            out.write(line + "\n")
