"""What most people would write, a little tuned: csv and hashlib. Usage: hash.py <source.csv> <out>"""
import csv
import sys
from hashlib import sha256

seen = set()
with open(sys.argv[1], newline="", encoding="utf-8") as source, open(sys.argv[2], "w") as out:
    rows = csv.reader(source)
    column = next(rows).index("email")
    for row in rows:
        email = row[column].strip().lower()
        if not email:
            continue
        line = sha256(email.encode()).hexdigest()
        if line not in seen:
            seen.add(line)
            out.write(line + "\n")
