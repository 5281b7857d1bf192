import Glibc

/// A bounded queue between threads that may block. Tasks must not use it: they would block the pool that runs them.
package final class BlockingQueue<Element: Sendable>: @unchecked Sendable {  // The mutex orders all access.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let capacity: Int
    private var elements: [Element] = []
    private var isClosed = false

    /// - Parameter capacity: The maximum number of elements in the queue, at least one.
    package init(capacity: Int) {
        self.capacity = max(1, capacity)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Adds an element, blocking while the queue is full.
    ///
    /// - Returns: False if the queue is closed.
    @discardableResult
    package func put(_ element: Element) -> Bool {
        locked {
            while elements.count >= capacity, !isClosed { pthread_cond_wait(changed, mutex) }
            return add(element)
        }
    }

    /// Adds an element if the queue is not full.
    @discardableResult
    package func offer(_ element: Element) -> Bool {
        locked { elements.count < capacity && add(element) }
    }

    /// Removes the oldest element, blocking while the queue is empty; `nil` once it is closed and empty.
    package func take() -> Element? {
        locked {
            while elements.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
            return removeFirst()
        }
    }

    /// Removes the oldest element, if there is one.
    package func poll() -> Element? {
        locked { removeFirst() }
    }

    /// Closes the queue: nothing can be added any more and nothing blocks. Remaining elements can still be taken.
    package func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    private func add(_ element: Element) -> Bool {
        if isClosed { return false }
        elements.append(element)
        pthread_cond_broadcast(changed)
        return true
    }

    private func removeFirst() -> Element? {
        if elements.isEmpty { return nil }
        pthread_cond_broadcast(changed)
        return elements.removeFirst()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
