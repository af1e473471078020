"""What most people would write: csv and hashlib. Usage: hash.py <source.csv> <out>"""
import csv
import hashlib
import sys

seen = set()
with open(sys.argv[1], newline="", encoding="utf-8") as source, open(sys.argv[2], "w") as out:
    for row in csv.DictReader(source):
        email = row["email"].strip().lower()
        if not email:
            continue
        line = hashlib.sha256(email.encode()).hexdigest()
        if line not in seen:
            seen.add(line)
            out.write(line + "\n")
