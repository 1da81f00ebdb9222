# Lamplighter in a slim image: no compiler, no root, one process, one volume for what it keeps.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/lamplighter \
 && /opt/lamplighter/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY store store
COPY collectors collectors
COPY finops finops
COPY alerts alerts
COPY dashboards dashboards
RUN /opt/lamplighter/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/lamplighter --create-home lamplighter
COPY --from=build /opt/lamplighter /opt/lamplighter
ENV PATH=/opt/lamplighter/bin:$PATH \
    LAMPLIGHTER_HOME=/var/lib/lamplighter \
    LAMPLIGHTER_CONFIG=/etc/lamplighter/lamplighter.yaml \
    PYTHONUNBUFFERED=1
USER 10001
VOLUME /var/lib/lamplighter
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
# The configuration must name a login: beyond loopback Lamplighter serves nobody it does not know.
ENTRYPOINT ["lamplighter"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
